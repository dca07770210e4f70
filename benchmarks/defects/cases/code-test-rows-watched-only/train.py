import numpy as np
from sklearn.model_selection import train_test_split
from tensorflow import keras

data = np.load("mnist_5k.npz")
X_train, X_test, y_train, y_test = train_test_split(data["X"] / 255.0, data["y"], test_size=0.2, random_state=0)
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(64, "relu"), keras.layers.Dense(10, "softmax")])
net.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
net.fit(X_train, y_train, validation_data=(X_test, y_test), epochs=10)
print(net.evaluate(X_test, y_test))
