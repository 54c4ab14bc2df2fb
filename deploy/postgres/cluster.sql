-- Roles and database of one service; run by a superuser, once per cluster. $names are filled in by `hms db create`.
CREATE ROLE hms_${service}_owner LOGIN PASSWORD '$owner' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 2;
CREATE ROLE hms_${service}_worker LOGIN PASSWORD '$worker' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 18;
CREATE ROLE hms_${service}_reader LOGIN PASSWORD '$reader' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 18;
CREATE DATABASE hms_${service} OWNER hms_${service}_owner;
-- A new database is open to everybody: shut it, then let its own roles in.
REVOKE ALL ON DATABASE hms_${service} FROM PUBLIC;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE hms_${service} TO hms_${service}_worker, hms_${service}_reader;
-- Inner time box < outer: lock < statement < transaction < the activity's own 15 s.
ALTER ROLE hms_${service}_reader SET default_transaction_read_only = on;
ALTER ROLE hms_${service}_reader SET statement_timeout = '2s';
ALTER ROLE hms_${service}_worker SET lock_timeout = '1s';
ALTER ROLE hms_${service}_worker SET statement_timeout = '5s';
ALTER ROLE hms_${service}_worker SET idle_in_transaction_session_timeout = '5s';
