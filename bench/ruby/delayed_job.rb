# delayed_job on SQLite, told by lines of JSON what to do; see bench/support/lines.ts.
require "json"
require "sqlite3"
require "active_record"
require "delayed_job_active_record"

start = JSON.parse(ARGV[0])
settings = start["settings"]

ActiveRecord::Base.logger = nil
ActiveRecord::Base.establish_connection(
  adapter: "sqlite3", database: start["uri"], timeout: 5000, pool: 5
)
connection = ActiveRecord::Base.connection
# As this library's own store has it; delayed_job and Rails leave both to SQLite: a rollback journal, synced.
connection.execute("PRAGMA journal_mode = WAL") if settings["wal"]
connection.execute("PRAGMA synchronous = FULL")

# The table that `rails generate delayed_job:active_record` makes.
unless connection.table_exists?(:delayed_jobs)
  ActiveRecord::Migration.verbose = false
  ActiveRecord::Schema.define do
    create_table :delayed_jobs do |table|
      table.integer :priority, default: 0, null: false
      table.integer :attempts, default: 0, null: false
      table.text :handler, null: false
      table.text :last_error
      table.datetime :run_at
      table.datetime :locked_at
      table.datetime :failed_at
      table.string :locked_by
      table.string :queue
      table.timestamps null: true
    end
    add_index :delayed_jobs, [:priority, :run_at], name: "delayed_jobs_priority"
  end
end

Delayed::Worker.logger = nil
Delayed::Worker.destroy_failed_jobs = false
Delayed::Worker.sleep_delay = settings["sleepDelay"] if settings["sleepDelay"]
Delayed::Worker.read_ahead = settings["readAhead"] if settings["readAhead"]

PERFORMED = Queue.new

NoopJob = Struct.new(:text) do
  def perform
    PERFORMED << 1
  end
end

PAYLOAD = "x" * 185

def say(event)
  $stdout.write("@bench #{JSON.generate(event)}\n")
  $stdout.flush
end

def cpu_ms
  Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :float_millisecond)
end

def clock_ms
  Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
end

def peak_mb
  File.read("/proc/self/status")[/VmHWM:\s+(\d+)/, 1].to_f / 1024
rescue SystemCallError
  0
end

# Many in one transaction, which is the fastest way that delayed_job has.
def enqueue(count, way)
  return backlog(count) if way == "backlog"
  return count.times { Delayed::Job.enqueue(NoopJob.new(PAYLOAD)) } if way == "one"

  ActiveRecord::Base.transaction { count.times { Delayed::Job.enqueue(NoopJob.new(PAYLOAD)) } }
end

def backlog(each)
  handler = NoopJob.new(PAYLOAD).to_yaml
  now = Time.now.utc
  row = { handler: handler, created_at: now, updated_at: now }
  kinds = [
    ->(_) { { priority: 0, run_at: now, attempts: 25, last_error: "Error: no", failed_at: now } },
    ->(_) { { priority: 0, run_at: now + 31_536_000, attempts: 0, last_error: nil, failed_at: nil } },
    ->(i) { { priority: -1 - i % 10, run_at: now + 3600, attempts: 0, last_error: nil, failed_at: nil } }
  ]
  kinds.each do |kind|
    each.times.each_slice(1000) { |slice| Delayed::Job.insert_all(slice.map { |i| row.merge(kind.call(i)) }) }
  end
  ActiveRecord::Base.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
end

def work
  Thread.new do
    performed = 0
    loop do
      performed += PERFORMED.pop
      performed += PERFORMED.pop until PERFORMED.empty?
      say(performed: performed)
    end
  end
  Thread.new { Delayed::Worker.new(quiet: true).start }
end

started_cpu = cpu_ms
started = clock_ms
measured = lambda do |ops|
  { ops: ops, ms: clock_ms - started, cpuMs: cpu_ms - started_cpu, rssMb: peak_mb, commands: {}, serverCpuMs: nil }
end

say(answer: "ready")
$stdin.each_line do |text|
  line = JSON.parse(text)
  case line["do"]
  when "enqueue"
    started_cpu = cpu_ms
    started = clock_ms
    enqueue(line["count"], line["how"])
    say(answer: measured.call(line["count"]))
  when "work"
    started_cpu = cpu_ms
    started = clock_ms
    work
    say(answer: nil)
  when "isDrained"
    due = Delayed::Job.where("failed_at IS NULL AND run_at <= ?", Time.now.utc)
    say(answer: due.limit(1).pluck(:id).empty?)
  when "measure"
    say(answer: measured.call(0))
  when "close"
    say(answer: nil)
  end
end
exit!
