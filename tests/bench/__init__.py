"""The benchmarks, beside the official SDK, in one run: `make bench`. As a program it finds the layer by itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "layers" / "aliyun_sms"))
