/** Where the files of a hash lie, relative to the root. */
import { formatStep } from "../../../events/checkpoint-names.js";

const inFolder = (folder: string, below: string, name: string): string => `checkpoints/${folder}/${below}/${folder}_${name}`;

export const configPath = (folder: string): string => namedConfigPath(folder, "config", 1);
export const architecturePath = (folder: string): string => inFolder(folder, "model", "architecture.json");
export const architectureTextPath = (folder: string): string => inFolder(folder, "model", "architecture.txt");
export const dataStatePath = (folder: string): string => inFolder(folder, "data", "data_state.yaml");

/** `number` tells apart what has the same name: the first has none in it. */
export const namedConfigPath = (folder: string, name: string, number: number): string => inFolder(folder, "hp", `${name}${numbered(number)}.yaml`);
export const backupPath = (folder: string, name: string, number: number, extension: string): string => inFolder(folder, "data", `${name}${numbered(number)}${extension}`);
export const weightsPath = (folder: string, step: number, number: number, extension: string): string => inFolder(folder, "model", `step_${formatStep(step)}${numbered(number)}.${extension}`);
export const optimizerPath = (folder: string, step: number, number: number): string => inFolder(folder, "model", `step_${formatStep(step)}_optimizer${numbered(number)}.safetensors`);

const numbered = (number: number): string => (number === 1 ? "" : `.${number}`);
