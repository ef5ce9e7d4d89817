"""staff accounts

Revision ID: staff_006
Revises: rates_005
Create Date: 2026-03-15 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "staff_006"
down_revision = "rates_005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("login", sa.String(60), nullable=False),
    )


def downgrade():
    op.drop_table("staff")
