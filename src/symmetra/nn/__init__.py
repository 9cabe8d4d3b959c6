"""Equivariant layers and small networks; buffers are baked when a layer is made, so that it compiles and exports."""

__all__: list[str] = []
