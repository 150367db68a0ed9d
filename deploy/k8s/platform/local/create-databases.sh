#!/bin/sh
# One database and one role per service, so that no service can read another's tables; each role within its budget of
# connections, so that no service can starve another. PostgreSQL's image runs this once, on an empty data directory.
set -eu

for service in ingest calculator payments declarations; do
    psql --no-psqlrc --username postgres --dbname postgres --set ON_ERROR_STOP=1 \
        --set service="$service" --set password="$(cat "$PASSWORDS/$service")" <<'SQL'
CREATE ROLE :"service" LOGIN CONNECTION LIMIT 60 PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE CONNECT ON DATABASE :"service" FROM PUBLIC;
SQL
done
