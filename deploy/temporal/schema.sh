#!/bin/sh
# Makes both databases of the Temporal server and brings their tables up to date. Run again, it
# changes nothing. Where they are comes as SQL_* from the environment.
set -eu
for database in temporal temporal_visibility; do
  temporal-sql-tool --database "$database" create-database
  temporal-sql-tool --database "$database" setup-schema --version 0.0
done
temporal-sql-tool --database temporal update-schema --schema-name postgresql/v12/temporal
temporal-sql-tool --database temporal_visibility update-schema --schema-name postgresql/v12/visibility
