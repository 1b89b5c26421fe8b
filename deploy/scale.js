// Reads what `delayed-mailer jobs check --json` printed, and gives a Deployment of Kubernetes more or fewer workers.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

const ACCOUNT = process.env.SERVICE_ACCOUNT ?? "/var/run/secrets/kubernetes.io/serviceaccount";
const { KUBERNETES_API = "https://kubernetes.default.svc", DEPLOYMENT = "mail-worker" } = process.env;
const least = numberOf("MIN_WORKERS", 1);
const most = numberOf("MAX_WORKERS", 10);
const jobsPerWorker = numberOf("JOBS_PER_WORKER", 500);

const { overdue } = JSON.parse(await text(process.stdin));
const late = overdue.reduce((sum, { count }) => sum + count, 0);
const { spec } = await scale("GET");
const { replicas: now = 0 } = spec;
const wanted = late === 0 ? now - 1 : now + Math.ceil(late / jobsPerWorker);
const replicas = Math.min(most, Math.max(least, wanted));
if (replicas !== now) await scale("PATCH", { spec: { replicas } });
process.stdout.write(`${late} jobs are late: ${now} workers, now ${replicas}\n`);

async function scale(method, body) {
  const [token, namespace] = await Promise.all(
    ["token", "namespace"].map((name) => readFile(`${ACCOUNT}/${name}`, "utf8")),
  );
  const path = `/apis/apps/v1/namespaces/${namespace.trim()}/deployments/${DEPLOYMENT}/scale`;
  const response = await fetch(`${KUBERNETES_API}${path}`, {
    method,
    headers: { authorization: `Bearer ${token.trim()}`, "content-type": "application/merge-patch+json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

function numberOf(name, fallback) {
  const number = Number(process.env[name] ?? fallback);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`${name} must be a whole number above 0, not "${process.env[name]}".`);
}
