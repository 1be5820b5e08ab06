/* The commands of the program. argv[0] is the command's name; each returns the exit status. */
#ifndef GLYPHLIFT_PROGRAM_COMMANDS_H
#define GLYPHLIFT_PROGRAM_COMMANDS_H

int command_read(int argc, char **argv);
int command_classify(int argc, char **argv);
int command_shapes(int argc, char **argv);
int command_camera(int argc, char **argv);
int command_batch(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_export(int argc, char **argv);

#endif
