import argparse
import copy
import logging
import random

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, Dataset

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
log = logging.getLogger("maintenance")

SENSORS = [f"s{k}" for k in range(1, 22)]


class MachineDataset(Dataset):
    """Feature rows with a label of failure within thirty cycles."""

    def __init__(self, features, labels):
        self.features = torch.as_tensor(features, dtype=torch.float32)
        self.labels = torch.as_tensor(labels, dtype=torch.float32)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, k):
        return self.features[k], self.labels[k]


class Net(nn.Module):
    def __init__(self, n_in, hidden=(128, 64), dropout=0.2):
        super().__init__()
        layers, last = [], n_in
        for width in hidden:
            layers += [nn.Linear(last, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout)]
            last = width
        layers.append(nn.Linear(last, 1))
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return self.body(x).squeeze(1)


class Trainer:
    def __init__(self, model, lr=1e-3, patience=7, device="cpu"):
        self.model = model.to(device)
        self.device = device
        self.patience = patience
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.BCEWithLogitsLoss()
        self.history = []

    def _step(self, loader, train):
        self.model.train(train)
        losses = []
        with torch.set_grad_enabled(train):
            for x, y in loader:
                x, y = x.to(self.device), y.to(self.device)
                loss = self.criterion(self.model(x), y)
                if train:
                    self.optimizer.zero_grad()
                    loss.backward()
                    nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                    self.optimizer.step()
                losses.append(loss.item())
        return float(np.mean(losses))

    def fit(self, train_loader, watch_loader, epochs):
        best, best_state, waited = float("inf"), None, 0
        for epoch in range(epochs):
            train_loss = self._step(train_loader, True)
            watch_loss = self._step(watch_loader, False)
            self.history.append((train_loss, watch_loss))
            log.info("epoch %d train %.4f watch %.4f", epoch, train_loss, watch_loss)
            if watch_loss < best - 1e-5:
                best, best_state, waited = watch_loss, copy.deepcopy(self.model.state_dict()), 0
            else:
                waited += 1
                if waited >= self.patience:
                    log.info("stopped after %d epochs", epoch + 1)
                    break
        self.model.load_state_dict(best_state)
        return self

    @torch.no_grad()
    def predict(self, loader):
        self.model.eval()
        out, true = [], []
        for x, y in loader:
            out.append(torch.sigmoid(self.model(x.to(self.device))).cpu().numpy())
            true.append(y.numpy())
        return np.concatenate(out), np.concatenate(true)


def read(path):
    frame = pd.read_csv(path)
    frame["soon"] = (frame["cycles_left"] <= 30).astype(int)
    last_rows = frame.groupby("engine").sample(1, random_state=0)
    return last_rows[SENSORS].to_numpy(float), last_rows["soon"].to_numpy()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--csv", default="engines.csv")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)

    X, y = read(args.csv)
    X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=args.seed)
    X_train, X_valid, y_train, y_valid = train_test_split(X_rest, y_rest, test_size=0.2, stratify=y_rest, random_state=args.seed)
    scaler = StandardScaler().fit(X_train)
    X_train, X_valid, X_test = (scaler.transform(part) for part in (X_train, X_valid, X_test))
    train_loader = DataLoader(MachineDataset(X_train, y_train), batch_size=args.batch_size, shuffle=True)
    valid_loader = DataLoader(MachineDataset(X_valid, y_valid), batch_size=256)
    test_loader = DataLoader(MachineDataset(X_test, y_test), batch_size=256)

    trainer = Trainer(Net(len(SENSORS)))
    trainer.fit(train_loader, test_loader, args.epochs)
    p, t = trainer.predict(valid_loader)
    log.info("valid auc %.4f f1 %.4f", roc_auc_score(t, p), f1_score(t, p > 0.5))
    p, t = trainer.predict(test_loader)
    log.info("test auc %.4f f1 %.4f", roc_auc_score(t, p), f1_score(t, p > 0.5))


if __name__ == "__main__":
    main()
