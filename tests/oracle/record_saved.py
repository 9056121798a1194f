"""Has PyTorch save the checkpoint and a module, for compat to load: ``python -m tests.oracle.record_saved``."""

import torch

from tests.oracle.saved_cases import MODULE, SAVED, SAVED_BEFORE_1_6, checkpoint


def main() -> None:
    """Writes the three files."""
    torch.save(checkpoint(torch), SAVED)
    torch.save(checkpoint(torch), SAVED_BEFORE_1_6, _use_new_zipfile_serialization=False)
    torch.manual_seed(0)
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()), MODULE)


if __name__ == "__main__":
    main()
