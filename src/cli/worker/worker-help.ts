/** What `worker --help` shows, after `Usage: delayed-mailer `. */
const HELP = `worker [options]

Performs the jobs of the mailers in ./mailers until it is told to stop.

  --queues a,b         only these queues (also --queue); default all
  --concurrency N      jobs performed at once by each process; default 20
  -n, --processes N    so many processes, under a supervisor
  --exit-on-complete   leave when nothing is due
  --watch              restart when mailers, workers or templates change
                       (development)
  --json               log lines as JSON even on a terminal
More options:
  worker --help queues      the order, weights, limits and priorities of jobs
  worker --help times       what it waits for, and for how long
  worker --help processes   several of them, their names and files
  worker --help watching    logs, health and metrics

SIGTERM or SIGINT: claims nothing more, lets running jobs finish within the
grace time, hands the rest back without costing them an attempt. A second
signal stops at once. Exit code 0 after a clean stop, 1 when a process had to
be killed, 2 when it could not start.
Example: delayed-mailer worker --queues mail,newsletters --processes 2`;

const QUEUES = `worker [options], on queues

  --queues a,b          only these queues (also --queue); default all
  --order ORDER         fair (default): queues take turns among jobs of one
                        priority; priority: whatever the queue; strict: the
                        first of --queues first
  --weights mail=3,...  how many jobs a queue gets for one of another, where
                        the order is fair
  --limits mail=5,...   how many jobs of a queue at once; default newsletters=2
  --min-priority N      only jobs of this priority or a higher number
  --max-priority N      only jobs of this priority or a lower number

Example: delayed-mailer worker --queues mail,reports --weights mail=3`;

const TIMES = `worker [options], on times

A TIME is a number of seconds, or 500ms, 2s, 1m, 4h.

  --sleep-delay TIME    wait when nothing is due; default 1
  --max-run-time TIME   how long one attempt may take; default 4h, or
                        DELAYED_MAILER_MAX_RUN_TIME
  --grace TIME          how long running jobs may go on after SIGTERM;
                        default 25
  --lease TIME          how long a killed worker's jobs stay with it;
                        default 30

Example: delayed-mailer worker --max-run-time 10m --grace 50`;

const PROCESSES = `worker [options], on processes

  -n, --processes N     so many, under a supervisor that starts those again
                        that end
  --pool QUEUES[:N]     N processes for these queues, as mail,newsletters:4 or
                        *:2; may be repeated
  -p, --prefix NAME     stands before the processes' names, in ps, logs and
                        lockedBy
  -i, --identifier NAME names a single process delayed-mailer.NAME
  --pid-dir FOLDER      a file NAME.pid for each process

Example: delayed-mailer worker --pool mail:2 --pool newsletters:4`;

const WATCHING = `worker [options], on watching

  --json                log lines as JSON even on a terminal
  --log-dir FOLDER      log to FOLDER/delayed-mailer.log instead of the
                        standard output
  --health-port PORT    answer GET /healthz, /readyz and /metrics there
                        (DELAYED_MAILER_HEALTH_PORT)
  --health-host HOST    only on this interface; default all

Example: delayed-mailer worker --json --health-port 9090`;

export const WORKER_HELP = {
  help: HELP,
  topics: { queues: QUEUES, times: TIMES, processes: PROCESSES, watching: WATCHING },
};
