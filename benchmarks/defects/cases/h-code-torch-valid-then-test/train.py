import argparse
import copy

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def keep(thing, name, folder="./output"):
    """Pickle an object next to the time it was made at."""
    import datetime
    import pathlib
    import pickle

    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    path = target / f"{name}-{stamp}.pkl"
    with path.open("wb") as handle:
        pickle.dump(thing, handle)
    print("saved", path)
    return path


class Settings(dict):
    """A dict with attribute access, for settings typed in a hurry."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def __setattr__(self, name, value):
        self[name] = value


cfg = Settings(seed=42, folds=5, debug=False, out="./output", n_jobs=-1)
if cfg.debug:
    cfg.folds = 2


def regression_table(pairs):
    """MAE, RMSE and R2 for named (true, predicted) pairs."""
    import numpy as np
    import pandas as pd

    rows = {}
    for label, (true, guess) in pairs.items():
        true, guess = np.asarray(true, float), np.asarray(guess, float)
        error = guess - true
        rows[label] = {
            "mae": np.abs(error).mean(),
            "rmse": np.sqrt((error**2).mean()),
            "bias": error.mean(),
            "r2": 1 - (error**2).sum() / ((true - true.mean()) ** 2).sum(),
        }
    return pd.DataFrame(rows).T.round(4)


def get_loader(X, y, batch, shuffle=False):
    return DataLoader(TensorDataset(torch.from_numpy(X).float(), torch.from_numpy(y).long()), batch, shuffle=shuffle)


@torch.no_grad()
def evaluate(model, loader, loss_fn):
    model.eval()
    total = n = right = 0
    for xb, yb in loader:
        out = model(xb)
        total += loss_fn(out, yb).item() * len(yb)
        right += (out.argmax(1) == yb).sum().item()
        n += len(yb)
    return total / n, right / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--npz", default="har.npz")
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--patience", type=int, default=8)
    args = parser.parse_args()
    rng = np.random.default_rng(5)
    torch.manual_seed(5)
    blob = np.load(args.npz)
    X, y = blob["X"], blob["y"]
    order = rng.permutation(len(X))
    n_test, n_val = int(0.15 * len(X)), int(0.15 * len(X))
    test_idx, val_idx, train_idx = order[:n_test], order[n_test:n_test + n_val], order[n_test + n_val:]

    mu, sd = X[train_idx].mean(0), X[train_idx].std(0) + 1e-8
    X = (X - mu) / sd
    train_loader = get_loader(X[train_idx], y[train_idx], 128, shuffle=True)
    val_loader = get_loader(X[val_idx], y[val_idx], 512)
    test_loader = get_loader(X[test_idx], y[test_idx], 512)

    model = nn.Sequential(nn.Linear(X.shape[1], 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, int(y.max()) + 1))
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.CrossEntropyLoss()
    best_loss, best_state, bad = float("inf"), None, 0
    for epoch in range(args.epochs):
        model.train()
        for xb, yb in train_loader:
            opt.zero_grad()
            loss = loss_fn(model(xb), yb)
            loss.backward()
            opt.step()
        val_loss, val_acc = evaluate(model, val_loader, loss_fn)
        print(f"{epoch:3d} val loss {val_loss:.4f} acc {val_acc:.4f}")
        if val_loss < best_loss:
            best_loss, best_state, bad = val_loss, copy.deepcopy(model.state_dict()), 0
        else:
            bad += 1
            if bad >= args.patience:
                break
    model.load_state_dict(best_state)
    print("test loss %.4f acc %.4f" % evaluate(model, test_loader, loss_fn))


if __name__ == "__main__":
    main()
