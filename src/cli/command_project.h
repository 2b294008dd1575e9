// What commands that read a project share: its configuration and its files.
#ifndef CLI_COMMAND_PROJECT_H
#define CLI_COMMAND_PROJECT_H

#include "cli/command.h"
#include "project/project.h"

// The configuration: of --config FILE, none with --isolated, else of the folder that the
// command's paths lie in or one above it; of the current folder where it has no paths, or
// where that lies among them. What is wrong with it is printed; false (ERR_INPUT) where
// it cannot be used. The command's table must have both options. config_free afterwards
// in any case.
MUST_USE bool command_config(CommandCtx *cx, Config *config, Err *err);
// Those that hold for a file whose text is given elsewhere; NULL: as above.
MUST_USE bool command_config_of(CommandCtx *cx, const char *file, Config *config,
                                Err *err);

// The project of the paths on the command line, with the configuration of the current
// folder; `focus` says which files are read in full, NULL: all of them. project_free and
// config_free afterwards in any case.
MUST_USE bool command_open_project(CommandCtx *cx, Project *project, Config *config,
                                   const ProjectFocus *focus, Err *err);

// The folder of --project, else the current folder where it looks like a project: a
// pyproject.toml, requirements or the like stands in it, or a module or package whose
// text names SQLAlchemy. NULL where it does not. The command's table must have `project`.
const char *command_project_folder(CommandCtx *cx);

#endif
