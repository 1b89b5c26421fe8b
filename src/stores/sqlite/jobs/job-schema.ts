/** Times are milliseconds since 1970, JSON is text. */
export const JOB_SCHEMA: readonly string[] = [
  `CREATE TABLE jobs (
     id TEXT PRIMARY KEY,
     handler TEXT NOT NULL,
     action TEXT NOT NULL,
     args TEXT NOT NULL,
     params TEXT NOT NULL,
     meta TEXT NOT NULL,
     queue TEXT NOT NULL,
     priority INTEGER NOT NULL,
     run_at INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'failed', 'done')),
     attempts INTEGER NOT NULL DEFAULT 0,
     max_attempts INTEGER NOT NULL,
     crashes INTEGER NOT NULL DEFAULT 0,
     max_crashes INTEGER,
     created_at INTEGER NOT NULL,
     unique_key TEXT,
     job_group TEXT,
     expires_at INTEGER,
     checkpoint TEXT,
     locked_at INTEGER,
     locked_by TEXT,
     locked_until INTEGER,
     lock_token TEXT,
     last_error TEXT,
     fail_reason TEXT,
     failed_at INTEGER,
     finished_at INTEGER
   );
   -- What a claim reads. Failed, done and leased jobs are not in it, and due jobs of one queue and priority stand together.
   CREATE INDEX jobs_claim ON jobs (queue, priority, run_at, id) WHERE state = 'ready';
   CREATE INDEX jobs_leases ON jobs (locked_until) WHERE state = 'leased';
   CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key) WHERE unique_key IS NOT NULL AND state IN ('ready', 'leased');
   CREATE INDEX jobs_group ON jobs (job_group, state, unique_key) WHERE job_group IS NOT NULL;
   CREATE INDEX jobs_failed ON jobs (failed_at, id) WHERE state = 'failed';
   CREATE INDEX jobs_done ON jobs (finished_at) WHERE state = 'done';`,
  `ALTER TABLE jobs ADD COLUMN unique_for INTEGER;
   ALTER TABLE jobs ADD COLUMN key_until INTEGER;
   ALTER TABLE jobs ADD COLUMN max_run_time INTEGER;
   ALTER TABLE jobs ADD COLUMN backoff TEXT;
   -- Done jobs that keep their unique key for a while.
   CREATE INDEX jobs_held_keys ON jobs (unique_key, key_until) WHERE key_until IS NOT NULL;`,
  `CREATE TABLE paused_queues (queue TEXT PRIMARY KEY, paused_at INTEGER NOT NULL);`,
  `-- Jobs whose workers went away twice. There are none as a rule, which this tells at no cost.
   CREATE INDEX jobs_suspects ON jobs (queue, priority, run_at, id) WHERE state = 'ready' AND crashes >= 2;`,
  `ALTER TABLE jobs ADD COLUMN progress TEXT;
   ALTER TABLE jobs ADD COLUMN progress_at INTEGER;
   ALTER TABLE jobs ADD COLUMN result_for INTEGER;
   ALTER TABLE jobs ADD COLUMN result TEXT;
   -- Until when a done job is kept at least.
   ALTER TABLE jobs ADD COLUMN kept_until INTEGER;`,
  `ALTER TABLE jobs ADD COLUMN limit_key TEXT;
   -- The rest of the limit, as JSON.
   ALTER TABLE jobs ADD COLUMN limits TEXT;
   -- When it is due, while it is behind others of its key.
   ALTER TABLE jobs ADD COLUMN due_at INTEGER;
   CREATE INDEX jobs_limited ON jobs (limit_key, run_at) WHERE limit_key IS NOT NULL AND state = 'ready';
   CREATE INDEX jobs_behind ON jobs (limit_key, priority, due_at, id) WHERE due_at IS NOT NULL;`,
  `ALTER TABLE jobs ADD COLUMN errors TEXT;`,
  `ALTER TABLE jobs ADD COLUMN format INTEGER;
   -- Empty as long as every call is written in the first format.
   CREATE INDEX jobs_newer ON jobs (format) WHERE format > 1;`,
];
