"""The provider and AWS as processes of their own: fast, counting what they are asked, with the standard library alone."""
