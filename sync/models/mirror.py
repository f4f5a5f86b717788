"""What we last saw of both systems; the planner reads this, never the wire."""

from django.db import models

from sync.models.leases import Leased


class MirrorTable(Leased):
    """One remote table as one connection serves it, shared by all mappings that use it.

    `position` is where an unfinished read goes on, committed with the rows of each page; `cursor` moves once, after the
    last page. A change of `columns` starts the table anew.
    """

    connection = models.ForeignKey("connector.Connection", on_delete=models.CASCADE, related_name="mirror_tables")
    table = models.CharField(max_length=60)
    service = models.CharField(max_length=80, blank=True, default="")
    columns = models.JSONField(default=list)
    number_column = models.CharField(max_length=80, blank=True, default="")
    name_column = models.CharField(max_length=80, blank=True, default="")
    match_columns = models.JSONField(default=list, help_text="Columns, or lists of columns, behind match_1 … match_4.")
    strategy = models.CharField(max_length=20, blank=True, default="")
    cursor = models.TextField(blank=True, default="")
    mark = models.TextField(blank=True, default="", help_text="Highest server time seen in the read under way.")
    position = models.TextField(blank=True, default="")
    read_for = models.UUIDField(null=True, blank=True, help_text="Run that the read under way was begun for.")
    scanned_at = models.DateTimeField(null=True, blank=True, help_text="When the table was last read in full.")
    scan = models.PositiveIntegerField(default=0, help_text="Number of the full read under way or last done.")
    is_full_read = models.BooleanField(default=False)
    metadata = models.JSONField(default=dict, blank=True)
    row_count = models.PositiveIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True, blank=True)
    fetched_for = models.UUIDField(null=True, blank=True, help_text="Run that this table was last read for.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "table"], name="mirror_table_once")]

    def __str__(self) -> str:
        return self.table


class MirrorRecord(models.Model):
    """One remote row: the mapped columns, its version, and normalised keys to match by."""

    mirror_table = models.ForeignKey(MirrorTable, on_delete=models.CASCADE, related_name="records")
    key = models.CharField(max_length=250)
    number = models.CharField(max_length=120, blank=True, default="")
    name = models.CharField(max_length=250, blank=True, default="")
    values = models.JSONField(default=dict)
    etag = models.CharField(max_length=200, blank=True, default="")
    modified_at = models.DateTimeField(null=True, blank=True)
    modified_by = models.CharField(max_length=80, blank=True, default="")
    content_hash = models.CharField(max_length=40, blank=True, default="")
    scan = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When a mapped value was last seen to differ.")
    deleted_at = models.DateTimeField(null=True, blank=True)
    match_1 = models.CharField(max_length=250, blank=True, default="")
    match_2 = models.CharField(max_length=250, blank=True, default="")
    match_3 = models.CharField(max_length=250, blank=True, default="")
    match_4 = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mirror_table", "key"], name="mirror_record_once")]
        indexes = [
            models.Index(fields=["mirror_table", "number"], name="mirror_number"),
            models.Index(fields=["mirror_table", "name"], name="mirror_name"),
            models.Index(fields=["mirror_table", "changed_at"], name="mirror_changed"),
            models.Index(fields=["mirror_table", "match_1"], condition=~models.Q(match_1=""), name="mirror_match_1"),
            models.Index(fields=["mirror_table", "match_2"], condition=~models.Q(match_2=""), name="mirror_match_2"),
            models.Index(fields=["mirror_table", "match_3"], condition=~models.Q(match_3=""), name="mirror_match_3"),
            models.Index(fields=["mirror_table", "match_4"], condition=~models.Q(match_4=""), name="mirror_match_4"),
        ]

    def __str__(self) -> str:
        return self.key
