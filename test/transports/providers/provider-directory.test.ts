import { afterEach, describe, expect, it, vi } from "vitest";
import { domainOf, ProviderDirectory } from "../../../src/transports/providers/provider-directory.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("the mail provider of a domain", () => {
  it.each([
    ["gmail.com", "gmail"],
    ["googlemail.com", "gmail"],
    ["GMail.Com", "gmail"],
    ["gmail.com.", "gmail"],
    ["gmail.com\u3002", "gmail"],
    ["gmail\uff0ecom", "gmail"],
    ["hotmail.co.uk", "outlook"],
    ["live.com", "outlook"],
    ["msn.com", "outlook"],
    ["outlook.de", "outlook"],
    ["yahoo.com.br", "yahoo"],
    ["aol.com", "yahoo"],
    ["yahoo.co.jp", "yahoo.co.jp"],
    ["web.de", "gmx"],
    ["me.com", "icloud"],
    ["notgmail.com", "notgmail.com"],
    ["gmail.com.example", "gmail.com.example"],
    ["hotmail.example", "hotmail.example"],
    ["a..b", "a..b"],
    ["", ""],
  ])("of %j is %j", (domain, provider) => {
    expect(new ProviderDirectory().of(domain)).toBe(provider);
  });

  it("is the same however an international domain is spelled", () => {
    const directory = new ProviderDirectory({ providers: { kpost: ["kölnpost.example", "*.mail.example"] } });
    for (const domain of [
      "kölnpost.example",
      "KÖLNPOST.example",
      "xn--klnpost-90a.example",
      "a.b.mail.example",
    ])
      expect(directory.of(domain)).toBe("kpost");
    expect(directory.of("mail.example")).toBe("mail.example");
  });

  it("is what the settings say before what the table says", () => {
    expect(new ProviderDirectory({ providers: { ours: ["gmail.com"] } }).of("gmail.com")).toBe("ours");
  });

  it("is asked for once, where the table does not know it", async () => {
    const asked: string[] = [];
    const providerOf = async (domain: string) => {
      asked.push(domain);
      return domain === "corp.example" ? "gmail" : undefined;
    };
    const directory = new ProviderDirectory({ providerOf });
    const first = ["corp.example", "other.example", "gmail.com", "corp.example"].map((each) =>
      directory.of(each),
    );
    expect(await Promise.all(first)).toEqual(["gmail", "other.example", "gmail", "gmail"]);
    expect(directory.of("corp.example")).toBe("gmail");
    expect(asked).toEqual(["corp.example", "other.example"]);
  });

  it("is the domain itself while nobody can be asked, and is asked for again later", async () => {
    vi.useFakeTimers();
    const errors: unknown[] = [];
    let isDown = true;
    const providerOf = async () => {
      if (isDown) throw new Error("no DNS");
      return "gmail";
    };
    const directory = new ProviderDirectory({ providerOf, onError: (error) => errors.push(error) });
    expect(await directory.of("corp.example")).toBe("corp.example");
    isDown = false;
    expect(directory.of("corp.example")).toBe("corp.example");
    expect(errors).toEqual([new Error("no DNS")]);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(await directory.of("corp.example")).toBe("gmail");
  });

  it("is the domain itself when who is asked does not answer", async () => {
    vi.useFakeTimers();
    const errors: unknown[] = [];
    const directory = new ProviderDirectory({
      providerOf: () => new Promise(() => undefined),
      onError: (error) => errors.push(error),
    });
    const answer = directory.of("corp.example");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await answer).toBe("corp.example");
    expect(String(errors[0])).toContain("longer than 5000 ms for corp.example");
  });

  it("is kept for so many domains and no more", async () => {
    let asked = 0;
    const providerOf = async () => {
      asked += 1;
      return undefined;
    };
    const directory = new ProviderDirectory({ providerOf, mostKept: 100 });
    for (let at = 0; at < 1_000; at++) await directory.of(`d${at}.example`);
    await directory.of("d999.example");
    expect(asked).toBe(1_000);
    await directory.of("d0.example");
    expect(asked).toBe(1_001);
  });
});

it("finds the domain of an address after its last @", () => {
  expect(["a@b.c", '"a@b"@c.d', "nobody"].map(domainOf)).toEqual(["b.c", "c.d", "nobody"]);
});
