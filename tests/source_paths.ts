/** What lies in a working tree and is nobody's source. */
const NOT_OURS = ["data", "node_modules", "build", "results"];

/** Every TypeScript file of a tree, from its root, sorted: a new folder is seen without being named. */
export async function sourcePaths(root: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
      if (name.startsWith(".") || NOT_OURS.includes(name)) continue;
      if (isDirectory) await walk(`${folder}${name}/`);
      else if (/\.tsx?$/.test(name)) paths.push(`${folder}${name}`);
    }
  };
  await walk("");
  return paths.sort();
}
