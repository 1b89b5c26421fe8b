// A newsletter to 2,000 people over a real mail server, one of whom is refused there.
import { SMTPServer } from "smtp-server";
import { close, configure, Mailer, mailer, openApp } from "../src/index.ts";

class LetterActions extends Mailer {
  weekly(person: { email: string; name: string }, issue: number) {
    return this.mail({ to: person.email, subject: `Issue ${issue}`, locals: { name: person.name, issue } });
  }
}
const LetterMailer = mailer(LetterActions, { name: "LetterMailer" });

let taken = 0;
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  onRcptTo: ({ address }, _, done) =>
    done(
      address.startsWith("person-13@")
        ? Object.assign(new Error("No such user"), { responseCode: 550 })
        : null,
    ),
  onData: (stream, _, done) => stream.resume().on("end", () => done(null, `queued as ${++taken}`)),
});
await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
const { port } = server.server.address() as { port: number };

async function* subscribers() {
  for (let id = 1; id <= 2_000; id++) yield { email: `person-${id}@example.com`, name: `Person ${id}` };
}

configure({ smtpUrl: `smtp://127.0.0.1:${port}` });
const issue = await LetterMailer.broadcast(subscribers(), { key: "issue-42" }).weekly(42);
await (await openApp()).worker().workOff();
const { sent, rejected, state } = await issue.progress();
console.log(`${sent} sent, ${rejected} rejected, ${state}; the mail server took ${taken}`);
if (sent !== 1_999 || taken !== 1_999 || rejected !== 1) process.exitCode = 1;
await close();
server.close();
