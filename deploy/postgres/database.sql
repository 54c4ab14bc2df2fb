-- Inside the database of one service; run by a superuser, once. $names are filled in by `hms db create`.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE EXTENSION btree_gist;
GRANT USAGE ON SCHEMA public TO hms_${service}_owner, hms_${service}_worker;
SET ROLE hms_${service}_owner;
CREATE SCHEMA app;
-- Views run with the rights of their owner: a reader needs no base table.
CREATE SCHEMA published;
GRANT USAGE ON SCHEMA app TO hms_${service}_worker;
GRANT USAGE ON SCHEMA published TO hms_${service}_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA published GRANT SELECT ON TABLES TO hms_${service}_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT, INSERT, UPDATE ON TABLES TO hms_${service}_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT USAGE ON SEQUENCES TO hms_${service}_worker;
RESET ROLE;
