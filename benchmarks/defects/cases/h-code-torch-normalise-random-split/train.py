import argparse

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def draw_learning_curve(estimator, X, y, cv=5, scoring=None):
    """Learning curve of an estimator (slow, rarely used)."""
    import matplotlib.pyplot as plt
    import numpy as np
    from sklearn.model_selection import learning_curve

    sizes, fitted, held_out = learning_curve(
        estimator, X, y, cv=cv, scoring=scoring, train_sizes=np.linspace(0.1, 1.0, 6), n_jobs=-1
    )
    for label, values in (("training", fitted), ("cross-validation", held_out)):
        mean, spread = values.mean(axis=1), values.std(axis=1)
        plt.fill_between(sizes, mean - spread, mean + spread, alpha=0.15)
        plt.plot(sizes, mean, "o-", label=label)
    plt.xlabel("rows")
    plt.legend()
    plt.tight_layout()


class MLP(nn.Module):
    def __init__(self, n_in, hidden=64, p=0.1):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_in, hidden), nn.ReLU(), nn.Dropout(p), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--csv", default="concrete.csv")
    p.add_argument("--epochs", type=int, default=200)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--batch-size", type=int, default=64)
    return p.parse_args()


def run_epoch(model, loader, loss_fn, device, optimiser=None):
    total, n = 0.0, 0
    model.train(optimiser is not None)
    for xb, yb in loader:
        xb, yb = xb.to(device), yb.to(device)
        loss = loss_fn(model(xb), yb)
        if optimiser is not None:
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        total += loss.item() * len(xb)
        n += len(xb)
    return total / n


def main():
    args = get_args()
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    df = pd.read_csv(args.csv)
    X = torch.tensor(df.drop(columns="strength").values, dtype=torch.float32)
    y = torch.tensor(df["strength"].values, dtype=torch.float32)
    X = (X - X.mean(dim=0)) / X.std(dim=0)

    dataset = TensorDataset(X, y)
    n_test = int(0.2 * len(dataset))
    train_set, test_set = random_split(dataset, [len(dataset) - n_test, n_test])
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=256)

    model = MLP(X.shape[1]).to(device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=1e-4)
    loss_fn = nn.MSELoss()
    for epoch in range(args.epochs):
        loss = run_epoch(model, train_loader, loss_fn, device, optimiser)
        if epoch % 20 == 0:
            print(f"epoch {epoch:3d} train mse {loss:.3f}")

    with torch.no_grad():
        mse = run_epoch(model, test_loader, loss_fn, device)
    print(f"test rmse {np.sqrt(mse):.3f}")


if __name__ == "__main__":
    main()
