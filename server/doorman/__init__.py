"""The doorman: answers an MCP client at once, builds the server's environment, then relays.

Standard library only, Python 3.9 or later: it runs before anything is installed.

wire          JSON-RPC messages and the one way onto stdout
places        the plugin's data folder and what lies in it
locks         locks between doormen of several clients
interpreters  a Python that can carry the environment
failures      why an installation failed, and the cure
installers    uv, or venv and pip, with their progress
environments  one environment for each lock file: build, stamp, reuse, remove
preparation   the background thread that gets an environment ready
exits         how a process ended, in words
child         the real server as a child process
door          which message is answered here, waits, or is relayed
main          the process: threads, signals, end of input
"""
