"""payments

Revision ID: payments_008
Revises: email_index_007
Create Date: 2026-04-17 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "payments_008"
down_revision = "email_index_007"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "payments",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("guest_id", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
    )


def downgrade():
    op.drop_table("payments")
