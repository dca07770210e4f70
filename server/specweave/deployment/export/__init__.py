"""A recorded model, preprocessing included, as one ONNX file whose answers were compared with the original's."""

from specweave.deployment.export.exporting import MODEL, ORIGINAL, Exported, export

__all__ = ["MODEL", "ORIGINAL", "Exported", "export"]
