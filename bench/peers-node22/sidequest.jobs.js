export { NoopJob } from "./noop-job.js";
