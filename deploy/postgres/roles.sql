-- The account of web and worker: it reads and writes rows. Tables belong to the account that migrates.
\getenv app_password APP_PASSWORD
CREATE ROLE tammen_app LOGIN PASSWORD :'app_password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
REVOKE ALL ON DATABASE tammen FROM PUBLIC;
GRANT CONNECT ON DATABASE tammen TO tammen_app;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tammen_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tammen_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO tammen_app;
