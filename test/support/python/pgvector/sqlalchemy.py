"""The column types, with the SQL of pgvector-python."""
from sqlalchemy.types import UserDefinedType


class Vector(UserDefinedType):
    cache_ok = True
    prefix = "VECTOR"

    def __init__(self, dim=None):
        self.dim = dim

    def get_col_spec(self, **kw):
        return self.prefix if self.dim is None else f"{self.prefix}({self.dim})"


class HALFVEC(Vector):
    prefix = "HALFVEC"
