/** A mail server as Debian has it, set up to take mail for example.com, to refuse some of it, and to throw the rest away. */
export interface MailServer {
  readonly name: string;
  /** Of Debian. */
  readonly package: string;
  /** In its root. */
  readonly command: readonly string[];
  /** The users it looks for; each has a group of its name. */
  readonly users: readonly string[];
  /** Folders that belong to a user. */
  readonly folders: Readonly<Record<string, { readonly owner?: string; readonly mode?: number }>>;
  readonly files: (port: number) => Readonly<Record<string, string>>;
  /** How many connections it allows one client, where that can be said. */
  readonly mostConnections?: number;
}

/** What each of them takes at most, in bytes. */
export const MAX_SIZE = 307_200;
/** Whom each of them refuses. */
export const REFUSED = "refused@example.com";

const POSTFIX: MailServer = {
  name: "Postfix",
  package: "postfix",
  command: ["/usr/lib/postfix/sbin/master", "-c", "/etc/postfix", "-d"],
  users: ["postfix", "postdrop", "nobody"],
  folders: {
    "/var/lib/postfix": { owner: "postfix" },
    ...Object.fromEntries(
      ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"].map((queue) => [
        `/var/spool/postfix/${queue}`,
        { owner: "postfix", mode: 0o700 },
      ]),
    ),
    "/var/spool/postfix/private": { owner: "postfix", mode: 0o700 },
    "/var/spool/postfix/public": { owner: "postfix", mode: 0o711 },
    "/var/spool/postfix/maildrop": { owner: "postfix", mode: 0o730 },
    "/var/spool/postfix/pid": {},
    "/var/spool/postfix/trace": { owner: "postfix" },
    "/var/spool/postfix/saved": { owner: "postfix" },
  },
  files: (port) => ({
    "/etc/postfix/main.cf": `
compatibility_level = 3.6
queue_directory = /var/spool/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
data_directory = /var/lib/postfix
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example
mydestination =
relay_domains = example.com
message_size_limit = ${MAX_SIZE}
smtpd_recipient_restrictions = check_recipient_access inline:{${REFUSED}=REJECT}, reject_unauth_destination
smtpd_client_connection_count_limit = 3
smtpd_client_event_limit_exceptions =
relay_transport = discard
default_transport = discard
`,
    "/etc/postfix/master.cf": `
${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
`,
  }),
  mostConnections: 3,
};

const EXIM: MailServer = {
  name: "Exim",
  package: "exim4-daemon-light",
  command: ["/usr/sbin/exim4", "-C", "/etc/exim.conf", "-bdf", "-q1h"],
  users: ["Debian-exim", "mail", "nobody"],
  folders: { "/var/spool/exim4": { owner: "Debian-exim" }, "/var/log/exim4": { owner: "Debian-exim" } },
  files: (port) => ({
    "/etc/exim.conf": `
primary_hostname = mail.example
daemon_smtp_ports = ${port}
local_interfaces = 127.0.0.1
message_size_limit = ${MAX_SIZE}
smtputf8_advertise_hosts = *
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
keep_environment =
queue_only = true
smtp_accept_max_per_host = 3
smtp_accept_max_per_connection = 20
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
begin acl
acl_rcpt:
  deny domains = ! example.com
  deny local_parts = refused
  accept
acl_data:
  accept
begin routers
drop:
  driver = redirect
  data = :blackhole:
`,
  }),
  mostConnections: 3,
};

const OPENSMTPD: MailServer = {
  name: "OpenSMTPD",
  package: "opensmtpd",
  command: ["/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"],
  users: ["opensmtpd", "opensmtpq", "nobody"],
  folders: { "/var/lib/opensmtpd/empty": {}, "/var/spool/smtpd": { mode: 0o711 } },
  files: (port) => ({
    "/etc/smtpd.conf": `
smtp max-message-size "${MAX_SIZE}"
listen on 127.0.0.1 port ${port} hostname mail.example
action "drop" relay host "smtp://127.0.0.1:1"
match from any for domain "example.com" rcpt-to "${REFUSED}" reject
match from any for domain "example.com" action "drop"
`,
    "/etc/mailname": "mail.example\n",
  }),
};

export const MAIL_SERVERS: readonly MailServer[] = [POSTFIX, EXIM, OPENSMTPD];
