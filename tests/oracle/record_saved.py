"""Has PyTorch save checkpoints and a module, for compat to load: ``python -m tests.oracle.record_saved``."""

import io
import zipfile

import torch

from tests.oracle.checkpoint_rows import FILES, ROWS, described, of_pytorch
from tests.oracle.saved_cases import MODULE, SAVED, SAVED_BEFORE_1_6, checkpoint


def main() -> None:
    """Writes the files."""
    torch.save(checkpoint(torch), SAVED)
    torch.save(checkpoint(torch), SAVED_BEFORE_1_6, _use_new_zipfile_serialization=False)
    torch.manual_seed(0)
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()), MODULE)
    record_rows()


def record_rows() -> None:
    """Writes what PyTorch saves of each row, and what it was."""
    with zipfile.ZipFile(FILES, "w", zipfile.ZIP_DEFLATED) as files:
        for name, make in ROWS.items():
            made = make(torch)
            for suffix, new in (("pt", True), ("old", False)):
                buffer = io.BytesIO()
                torch.save(made, buffer, _use_new_zipfile_serialization=new)
                files.writestr(zipfile.ZipInfo(f"{name}.{suffix}"), buffer.getvalue(), zipfile.ZIP_DEFLATED)
            text = repr(described(made, of_pytorch)).encode("utf-8", "surrogatepass")
            files.writestr(zipfile.ZipInfo(f"{name}.txt"), text, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
