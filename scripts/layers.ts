/** A room of src/, as its row in ARCHITECTURE.md tells of it. */
export interface Room {
  /** A folder below src/, or a file in it. */
  readonly name: string;
  /** Packages that no other room may import. */
  readonly packages: readonly string[];
}

const ROW = /^\| `src\/([^`]+)` +\|.*\|([^|]*)\|$/gm;

/** The rooms in the order of the table, the lowest first. */
export function roomsOf(architecture: string): readonly Room[] {
  return [...architecture.matchAll(ROW)].map(([, name = "", packages = ""]) => ({
    name: name.replace(/\/$/, ""),
    packages: [...packages.matchAll(/`([^`]+)`/g)].map(([, found = ""]) => found),
  }));
}

/** What the linter is told of each room: it imports nothing of the rooms above it, and no package that belongs to other rooms. */
export function overridesOf(rooms: readonly Room[]): readonly object[] {
  return rooms.map((room, index) => ({
    includes: [isFile(room.name) ? `src/${room.name}` : `src/${room.name}/**`],
    linter: {
      rules: {
        style: {
          noRestrictedImports: {
            level: "error",
            options: { patterns: [...roomsAbove(rooms, index), ...foreignPackages(rooms, room)] },
          },
        },
      },
    },
  }));
}

function roomsAbove(rooms: readonly Room[], index: number): readonly object[] {
  const name = rooms[index]?.name;
  return rooms.slice(index + 1).map((above) => ({
    group: [isFile(above.name) ? `**/${above.name}` : `**/${above.name}/**`],
    message: `src/${above.name} stands above src/${name}: see ARCHITECTURE.md.`,
  }));
}

function foreignPackages(rooms: readonly Room[], room: Room): readonly object[] {
  const all = new Set(rooms.flatMap(({ packages }) => packages));
  return [...all]
    .filter((name) => !room.packages.includes(name))
    .map((name) => ({
      group: [name, `${name}/**`],
      message: `Only ${ownersOf(rooms, name)} may import this package: see ARCHITECTURE.md.`,
    }));
}

function ownersOf(rooms: readonly Room[], name: string): string {
  const owners = rooms.filter(({ packages }) => packages.includes(name));
  return owners.map((owner) => `src/${owner.name}`).join(" and ");
}

function isFile(name: string): boolean {
  return name.endsWith(".ts");
}
