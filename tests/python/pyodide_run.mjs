// Runs a Python file in Pyodide and answers calls of its functions: one JSON list
// [function, arguments…] per line in, the function's JSON text out.
//
//   node pyodide_run.mjs PYODIDE_MODULE FILE
//
// The machine's files are under /host there; paths in arguments are meant on the machine.
import fs from "fs";
import readline from "readline";
import { pathToFileURL } from "url";

const [, , module, file] = process.argv;
const { loadPyodide } = await import(pathToFileURL(module));
const python = await loadPyodide();
python.FS.mkdirTree("/host");
python.FS.mount(python.FS.filesystems.NODEFS, { root: "/" }, "/host");
python.runPython(fs.readFileSync(file, "utf8").replace('if __name__ == "__main__":', "if False:"));
const call = python.runPython(`
def call(line):
    function, *arguments = json.loads(line)
    arguments = ["/host" + a if a.startswith("/") else a for a in arguments]
    return globals()[function](*arguments)
call`);
for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(call(line) + "\n");
}
