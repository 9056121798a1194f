"""A small training run of a seed: everything that is random in it comes from that seed."""

from pathlib import Path
from typing import Any

import numpy as np

SEEDS = Path(__file__).with_name("seeds.npz")
COUNT = 50
STEPS = 20
# rules that divide a gradient by its own size would make any difference in rounding one in the weights where a
# gradient is zero but for rounding: no layer here has such weights (a bias before a batch normalization would)
OPTIMIZERS = {
    "sgd": lambda optim, params: optim.SGD(params, 0.05, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "adam": lambda optim, params: optim.Adam(params, 1e-3),
    "adamw": lambda optim, params: optim.AdamW(params, 1e-3, amsgrad=True),
    "rmsprop": lambda optim, params: optim.RMSprop(params, 1e-3, momentum=0.5),
    "adagrad": lambda optim, params: optim.Adagrad(params, 1e-2),
}
NAMES = tuple(OPTIMIZERS)


def train(torch: Any, seed: int) -> np.ndarray:
    """All weights and buffers after 20 steps, one after the other: initial values, data, shuffles, dropout of a seed.

    The optimizer is the seed's too; gradients are clipped and the learning rate follows a schedule.
    """
    nn = torch.nn
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(6, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2),
                          nn.Linear(16, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3))
    data = torch.utils.data.TensorDataset(torch.randn(80, 6), torch.randint(3, (80,)))
    loader = torch.utils.data.DataLoader(data, batch_size=16, shuffle=True)
    optimizer = OPTIMIZERS[NAMES[seed % len(NAMES)]](torch.optim, model.parameters())
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS // len(loader)):
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y, label_smoothing=0.1).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return np.concatenate([np.asarray(t.detach().numpy(), np.float32).ravel() for t in model.state_dict().values()])
