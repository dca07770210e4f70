"""The MCP tools: contracts, the server that speaks the protocol, the worker that does the work."""
