"""Dockerfile, compose file and Kubernetes manifests around a generated service."""

from specweave.deployment.container.files import Container, container_name, start_command, write_container

__all__ = ["Container", "container_name", "start_command", "write_container"]
