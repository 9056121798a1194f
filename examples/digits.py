"""Learns to read handwritten digits, in plain PyTorch.

    python -m compat examples/digits.py                    one layer of sigmoid neurons, updated by hand
    python -m compat examples/digits.py --model mlp        two linear layers, Adam
    python -m compat examples/digits.py --model conv       a small convolutional network, SGD with momentum

The same file under real PyTorch (``python examples/digits.py``) prints the same numbers for the same seed.

The question behind it: does measuring accuracy disturb training? Accuracy is measured after each epoch, under
``no_grad`` and in evaluation mode. Nothing is recorded there, and nothing would reach ``.grad`` even if it were,
because gradients are added only where ``backward()`` is called.
"""

import argparse
import gzip
from pathlib import Path

import matplotlib
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from tqdm import tqdm

matplotlib.use("agg")
from matplotlib import pyplot as plt  # noqa: E402 - the backend is chosen first


class SigmoidLayer:
    """One sigmoid neuron a class (or one in all, for two classes), squared error, and gradient descent by hand."""

    def __init__(self, pixels, classes, lr=None):
        outputs = 1 if classes == 2 else classes
        self.weights = (torch.randn(pixels, outputs) * 0.01).requires_grad_()
        self.bias = torch.zeros(outputs).requires_grad_()
        self.lr = lr or 2.0 * outputs

    def predict(self, images):
        return (images.flatten(1) @ self.weights + self.bias).sigmoid()

    def step(self, images, labels):
        activations = self.predict(images)
        loss = ((activations - self.targets(labels)) ** 2).mean()
        loss.backward()
        for leaf in (self.weights, self.bias):
            leaf.data -= self.lr * leaf.grad.data
            leaf.grad.zero_()
        return loss

    def targets(self, labels):
        outputs = self.bias.shape[0]
        return labels[:, None].float() if outputs == 1 else F.one_hot(labels, outputs).float()

    def correct(self, images, labels):
        activations = self.predict(images)
        guess = (activations > 0.5)[:, 0].long() if activations.shape[1] == 1 else activations.argmax(1)
        return guess == labels

    def train(self, mode=True):
        """Nothing in one layer behaves differently in training."""


class Network:
    """A ``Module`` with its optimizer and cross entropy."""

    def __init__(self, module, optimizer):
        self.module, self.optimizer = module, optimizer

    def step(self, images, labels):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.module(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss

    def correct(self, images, labels):
        return self.module(images).argmax(1) == labels

    def train(self, mode=True):
        self.module.train(mode)


class ConvClassifier(nn.Module):
    """Two 5x5 convolutions with max pooling, dropout of whole channels, two linear layers; 1x28x28 images."""

    def __init__(self, classes):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 5, 5), nn.Conv2d(5, 16, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc1, self.fc2 = nn.Linear(256, 20), nn.Linear(20, classes)

    def forward(self, x):
        x = F.relu(self.pool(self.conv1(x)))  # (N, 5, 12, 12)
        x = F.relu(self.pool(self.conv2(x)))  # (N, 16, 4, 4)
        x = F.dropout2d(x, 0.1, training=self.training)
        # No relu on the last layer: cross entropy needs the negative scores too, and their gradients.
        return self.fc2(F.relu(self.fc1(x.view(-1, 256))))


def make_model(kind, pixels, classes, lr):
    if kind == "sigmoid":
        return SigmoidLayer(pixels, classes, lr)
    if kind == "mlp":
        module = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 128), nn.ReLU(), nn.Linear(128, classes))
        return Network(module, torch.optim.Adam(module.parameters(), lr=lr or 1e-3))
    module = ConvClassifier(classes)
    return Network(module, torch.optim.SGD(module.parameters(), lr=lr or 0.02, momentum=0.9))


def read_idx(folder, stem):
    """One file of the original MNIST distribution: big-endian magic number and sizes, then bytes."""
    for path in (folder / stem, folder / f"{stem}.gz"):
        if path.exists():
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
                raise SystemExit(f"{path} is not an IDX file of bytes")
            shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
            values = np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3])
            if values.size != shape.prod():
                raise SystemExit(f"{path} is cut short: {values.size} bytes of {shape.prod()}")
            return values.reshape(shape)
    raise SystemExit(f"neither {stem} nor {stem}.gz is in {folder}")


def load_images(mnist, large):
    """``(train images, train labels, validation images, validation labels)``: (N, H, W) in [0, 1], and integers."""
    if mnist:
        return tuple(
            read_idx(mnist, f"{part}-{kind}-ubyte") / np.float32(255)
            if kind == "images-idx3"
            else read_idx(mnist, f"{part}-{kind}-ubyte").astype(np.int64)
            for part in ("train", "t10k")
            for kind in ("images-idx3", "labels-idx1")
        )
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)  # (1797, 8, 8)
    if large:  # each pixel three times as wide and high, in a frame of two: 28x28, as the convolutions expect
        images = np.pad(images.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    order = torch.randperm(len(images)).numpy()
    train, valid = order[:1437], order[1437:]
    labels = digits.target.astype(np.int64)
    return images[train], labels[train], images[valid], labels[valid]


def make_loaders(args):
    arrays = load_images(args.mnist, large=args.model == "conv")
    loaders = []
    for images, labels in (arrays[:2], arrays[2:]):
        if args.pair:
            keep = np.isin(labels, args.pair)
            images, labels = images[keep], (labels[keep] == args.pair[1]).astype(np.int64)
        images, labels = images[: args.limit], labels[: args.limit]
        data = TensorDataset(torch.from_numpy(images)[:, None], torch.from_numpy(labels))
        loaders.append(DataLoader(data, batch_size=args.batch, shuffle=not loaders))
    return loaders


def accuracy(model, loader):
    model.train(False)
    with torch.no_grad():
        hits = torch.cat([model.correct(images, labels) for images, labels in loader])
    model.train()
    return hits.float().mean().item()


def fit(model, train_loader, valid_loader, epochs):
    """``[(mean loss, validation accuracy), ...]``, one pair an epoch, printed as they come."""
    history = []
    for epoch in range(1, epochs + 1):
        total = torch.zeros(())
        for images, labels in tqdm(train_loader, desc=f"epoch {epoch}", leave=False):
            total += model.step(images, labels).detach()
        history.append((total.item() / len(train_loader), accuracy(model, valid_loader)))
        print(f"epoch {epoch:2d}   loss {history[-1][0]:.4f}   validation accuracy {history[-1][1]:.4f}")
    return history


def plot(history, title, path):
    losses, accuracies = zip(*history, strict=True)
    epochs = range(1, len(history) + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.plot(epochs, losses, marker=".", color="tab:red")
    left.set(title="Training loss", xlabel="epoch", ylabel="mean loss of a batch", ylim=(0, None))
    right.plot(epochs, accuracies, marker=".", color="tab:blue")
    right.set(title="Validation accuracy", xlabel="epoch", ylabel="share of images read right")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n\n")[0], epilog="Without --mnist: the 1797 8x8 digits of scikit-learn."
    )
    parser.add_argument("--model", choices=["sigmoid", "mlp", "conv"], default="sigmoid")
    parser.add_argument("--mnist", type=Path, metavar="DIR", help="read the original IDX files (plain or .gz) there")
    parser.add_argument("--pair", type=int, nargs=2, metavar="DIGIT", help="tell only these two digits apart")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float)
    parser.add_argument("--limit", type=int, help="use at most so many images of each part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="where the curves go")
    return parser.parse_args()


def main():
    args = parse()
    torch.manual_seed(args.seed)
    train_loader, valid_loader = make_loaders(args)
    images = train_loader.dataset.tensors[0]
    model = make_model(args.model, images[0].numel(), 2 if args.pair else 10, args.lr)
    height, width = images.shape[-2:]
    print(f"{args.model}: {len(images)} images of {height}x{width} to learn from,", end=" ")
    print(f"{len(valid_loader.dataset)} to be judged by")
    history = fit(model, train_loader, valid_loader, args.epochs)
    path = args.out / f"digits_{args.model}.png"
    plot(history, f"Handwritten digits, {args.model}", path)
    print(f"curves: {path}")


if __name__ == "__main__":
    main()
