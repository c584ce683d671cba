#!/bin/sh
# Run once by the official image when it makes its data: the owner that migrates, and the application's role.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv owner_password POSTGRES_OWNER_PASSWORD
\getenv app_password POSTGRES_APP_PASSWORD
CREATE ROLE headwater_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE headwater_app LOGIN PASSWORD :'app_password';
CREATE DATABASE headwater OWNER headwater_owner;
SQL
