"""The provider and AWS in processes of their own: fast, counting, and made of the standard library alone."""
