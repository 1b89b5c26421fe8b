/** What `newsletter send --help` shows, after `Usage: delayed-mailer `. */
export const SEND_HELP = `newsletter send Mailer.action --to FILE [options]

Stores one call per row of FILE, for workers: .csv with a header line, or .jsonl
with an object per line.
  --encoding NAME    as windows-1252, where the file does not say it
  --delimiter C      as ; or tab, where the file does not say it
  --args '[...]'     the action's other arguments
  --params '{...}'   what .with({ ... }) gives
  --key KEY          the same key never plans anyone twice; the same command
                     again goes on
  --rehearse         makes and checks every mail, sends none, spends no key
  --manual           plans only; newsletter start KEY begins
  --at TIME          as 2026-12-01T09:00, where each recipient is, or with Z
                     for all at once
  --stop-by TIME     written so too: who was not sent to by then gets nothing
  --window W         only then, as "mon-fri 09:00-17:00"; may be repeated
  --time-zone ZONE   where recipients are; default UTC
  --time-zone-column NAME   the column that says where each one is
  --chunk-size N     recipients of one job; default 500
  --deduplicate store   keep who was met in the store and not in memory
  --queue NAME, --priority N   of its jobs; default newsletters, 10
  --wait             show progress until it ends; exit code 1 if any failed
  --json             for scripts
Example: delayed-mailer newsletter send NewsMailer.weekly --to people.csv`;
