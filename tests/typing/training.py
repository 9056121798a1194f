"""A training script as people write them; a type checker finds nothing wrong with it. It is never run."""

from __future__ import annotations

from typing import assert_type

import compat as torch
import compat.nn.functional as F
from compat import Tensor, nn, optim
from compat.nn.utils import clip_grad_norm_
from compat.optim import lr_scheduler
from compat.utils.data import DataLoader, Dataset, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, channels: int, p: float = 0.1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.drop = nn.Dropout(p)
        self.scale = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.register_buffer("steps", torch.zeros(1, dtype=torch.long))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return x + self.scale * self.drop(y)


class Net(nn.Module):
    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2))
        self.blocks = nn.ModuleList([Block(8) for _ in range(2)])
        self.fc1 = nn.Linear(8 * 13 * 13, 64)
        self.fc2 = nn.Linear(64, classes)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.zeros_(m.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = F.max_pool2d(x, 1).flatten(1)
        x = torch.tanh(self.fc1(x.view(x.size(0), -1)))
        return F.log_softmax(self.fc2(x), dim=-1)


class Squares(Dataset):
    def __len__(self) -> int:
        return 100

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return torch.full((1, 28, 28), float(index)), index % 10


def accuracy(logits: Tensor, target: Tensor) -> float:
    predicted = logits.argmax(dim=1)
    return (predicted == target).float().mean().item()


def arithmetic(x: Tensor) -> Tensor:
    y = 2 * x + 1 - x / 3.0
    y = 1.0 - y
    y = (3 / (x**2 + 1e-8)) ** 0.5 + 2**x - -x
    y += 1
    y *= x
    y = y @ x.T
    mask = (y > 0) & ~(y >= 1) | (y != 2)
    y[mask] = 0.0
    y[..., 0] += 1
    first, rest = y[0], y[1:, None, ::2]
    rows, columns = y.shape
    assert_type(rows, int)
    assert_type(x + 1, Tensor)
    assert_type(1 - x, Tensor)
    assert_type(x @ x, Tensor)
    assert_type(x == 1, Tensor)
    assert_type(x < x, Tensor)
    assert_type(x[0], Tensor)
    assert_type(x.sum(dim=0, keepdim=True), Tensor)
    assert_type(x.permute(1, 0), Tensor)
    assert_type(x.softmax(-1), Tensor)
    assert_type(x.max(), Tensor)
    assert_type(x.max(dim=1).values, Tensor)
    assert_type(torch.max(x, 1).indices, Tensor)
    assert_type(x.topk(2)[0], Tensor)
    assert_type(torch.exp(x), Tensor)
    assert_type(torch.linalg.norm(x), Tensor)
    assert_type(torch.fft.fft(x), Tensor)
    assert_type(torch.special.expit(x), Tensor)
    assert_type(F.softplus(x), Tensor)
    assert_type(F.max_pool2d(x, 2), Tensor)
    assert_type(x.clamp_(min=0), Tensor)
    assert_type(x.requires_grad, bool)
    assert_type(x.dtype, torch.dtype)
    assert_type(x.grad, Tensor | None)
    values, indices = torch.sort(first, dim=0, descending=True)
    index = torch.arange(columns, device=x.device)
    rest = torch.where(mask, rest, torch.zeros_like(rest)).masked_fill(mask, float("-inf"))
    parts = torch.cat([x, values.unsqueeze(0)], dim=0).reshape(-1, 2).transpose(0, 1).contiguous().split(2)
    stacked = torch.stack(list(parts)) + torch.rand(2, 3) + torch.randn((2, 3), requires_grad=True).detach()
    gathered = stacked.gather(1, index.long()).repeat(2, 2).expand(-1, 4).flip(0).squeeze(-1).type(torch.float64)
    for row in gathered:
        print(row.numpy().shape, row.tolist(), len(row), float(row.sum()), bool(row.any()), int(indices[0]))
    return gathered.to(device, torch.float32, non_blocking=True).to(x).cpu().clone().double().float()


def train(epochs: int = 2) -> list[float]:
    model = Net().to(device)
    inputs, targets = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))
    train_loader = DataLoader(TensorDataset(inputs, targets), batch_size=16, shuffle=True, drop_last=True)
    test_loader = DataLoader(Squares(), batch_size=10)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.01)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    losses: list[float] = []
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for step, (x, y) in enumerate(train_loader):
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad(set_to_none=True)
            output = model(x)
            loss = criterion(output, y) + 0.1 * F.cross_entropy(output, y) + F.mse_loss(output, output.detach())
            loss.backward()
            norm = clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            total += loss.item() * x.size(0)
            if step % 10 == 0:
                print(f"{epoch} {step} {loss.item():.4f} {float(norm):.3f}")
        scheduler.step()
        losses.append(total / len(train_loader))
        model.eval()
        with torch.no_grad():
            scores = [accuracy(model(x.to(device)), y.to(device)) for x, y in test_loader]
        print(scheduler.get_last_lr()[0], sum(scores) / len(scores), optimizer.param_groups[0]["lr"])
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, "checkpoint.pt")
    checkpoint = torch.load("checkpoint.pt", map_location=device)
    model.load_state_dict(checkpoint["model"])
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    for name, p in model.named_parameters():
        if p.grad is not None:
            print(name, tuple(p.shape), p.grad.norm().item(), p.data.abs().max(), count)
    return losses


@torch.no_grad()
def predict(model: nn.Module, x: Tensor) -> Tensor:
    model.eval()
    return model(x).softmax(dim=1)


@torch.inference_mode()
def weights(model: Net) -> Tensor:
    with torch.enable_grad(), torch.set_grad_enabled(False):
        grads = torch.autograd.grad(model.fc1.weight.sum(), [model.fc1.weight])
    return grads[0] + model.fc1.weight.t() @ model.fc2.weight.t()
