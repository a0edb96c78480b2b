"""The core in a world of one thread and virtual time; see run. As a program it finds the layer by itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "layers" / "aliyun_sms"))
