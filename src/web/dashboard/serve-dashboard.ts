import { listen, type PageServer } from "../listen.ts";
import { type DashboardOptions, makeDashboard } from "./dashboard.ts";

/**
 * The dashboard in a server of its own, on the loopback interface alone.
 * @param listening.port 0 takes any free port
 * @throws ConfigurationError when the port cannot be had
 */
export async function serveDashboard(
  options: Omit<DashboardOptions, "basePath" | "authorize">,
  { port }: { readonly port: number },
): Promise<PageServer> {
  const made = makeDashboard(options);
  const server = await listen((request, response) => made.node(request, response), { port });
  return {
    url: server.url,
    close: async () => {
      made.close();
      await server.close();
    },
  };
}
