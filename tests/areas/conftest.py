"""Lets the tests of this folder share `refusing`, and what the laws share among them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "laws"))
