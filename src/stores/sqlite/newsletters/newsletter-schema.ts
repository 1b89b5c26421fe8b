/** Times are milliseconds since 1970, JSON is text, outcomes are one byte per recipient. */
export const NEWSLETTER_SCHEMA: readonly string[] = [
  `CREATE TABLE newsletters (
     id TEXT PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     call TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'paused', 'cancelled', 'finished')),
     planned INTEGER NOT NULL DEFAULT 0,
     chunks INTEGER NOT NULL DEFAULT 0,
     recipients INTEGER NOT NULL DEFAULT 0,
     duplicates INTEGER NOT NULL DEFAULT 0,
     refused INTEGER NOT NULL DEFAULT 0,
     planner_token TEXT,
     planner_since INTEGER,
     planner_until INTEGER,
     created_at INTEGER NOT NULL,
     finished_at INTEGER
   );
   -- What every worker's caretaker reads.
   CREATE INDEX newsletters_running ON newsletters (created_at, id) WHERE state = 'running';
   -- What the planner writes once.
   CREATE TABLE newsletter_chunks (
     id TEXT PRIMARY KEY,
     newsletter TEXT NOT NULL REFERENCES newsletters (id) ON DELETE CASCADE,
     number INTEGER NOT NULL,
     time_zone TEXT,
     -- Before the rows, so that who looks for somebody need not read them.
     identities TEXT NOT NULL,
     recipients TEXT NOT NULL,
     UNIQUE (newsletter, number)
   );
   -- What the sender of a chunk writes again and again, so it is small.
   CREATE TABLE newsletter_chunk_states (
     id TEXT PRIMARY KEY REFERENCES newsletter_chunks (id) ON DELETE CASCADE,
     newsletter TEXT NOT NULL,
     token TEXT NOT NULL,
     outcomes BLOB NOT NULL,
     complete INTEGER NOT NULL DEFAULT 0
   );
   CREATE INDEX newsletter_chunk_states_newsletter ON newsletter_chunk_states (newsletter, complete);
   -- What was answered, packed by the batch, so that it takes few bytes for each recipient.
   CREATE TABLE newsletter_answers (
     number INTEGER PRIMARY KEY,
     chunk TEXT NOT NULL REFERENCES newsletter_chunks (id) ON DELETE CASCADE,
     newsletter TEXT NOT NULL,
     at INTEGER NOT NULL,
     count INTEGER NOT NULL,
     answers BLOB NOT NULL
   );
   CREATE INDEX newsletter_answers_chunk ON newsletter_answers (chunk);
   CREATE INDEX newsletter_answers_at ON newsletter_answers (newsletter, at, count);
   CREATE TABLE newsletter_refusals (
     newsletter TEXT NOT NULL REFERENCES newsletters (id) ON DELETE CASCADE,
     row_number INTEGER NOT NULL,
     problem TEXT NOT NULL,
     PRIMARY KEY (newsletter, row_number)
   ) WITHOUT ROWID;`,
  "ALTER TABLE newsletters ADD COLUMN last_pause TEXT;",
  `-- Whom a planner knows (0), has met (1), or has met again (2), while it plans.
   CREATE TABLE newsletter_people (
     newsletter TEXT NOT NULL REFERENCES newsletters (id) ON DELETE CASCADE,
     planner TEXT NOT NULL,
     print TEXT NOT NULL,
     met INTEGER NOT NULL,
     PRIMARY KEY (newsletter, planner, print)
   ) WITHOUT ROWID;`,
];
