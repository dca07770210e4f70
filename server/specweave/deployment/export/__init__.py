"""A recorded model, preprocessing included, as one ONNX file whose answers were compared with the original's."""

from specweave.deployment.export.exporting import ORIGINAL, Exported, export

__all__ = ["ORIGINAL", "Exported", "export"]
