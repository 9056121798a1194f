"""Where PyTorch's recorded answers are kept."""

from pathlib import Path

AMP = Path(__file__).with_name("amp.json")
DOTS = Path(__file__).with_name("dots.json")
OPS = Path(__file__).with_name("ops.json")
SPEC = Path(__file__).parents[1] / "spec" / "expected.json"
TRAINING = Path(__file__).with_name("training.json")
