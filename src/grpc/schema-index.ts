/**
 * Answers what reflection is asked about a schema: which file declares a symbol, what it imports, which
 * services and extensions there are. Pure, and made once.
 */

import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
} from "@bufbuild/protobuf/wkt";

import type { SchemaFile } from "./descriptor-set.js";

export class SchemaIndex {
  /** Full names of the services, in the order of the files. */
  readonly services: readonly string[];
  readonly #filesByName = new Map<string, SchemaFile>();
  readonly #filesBySymbol = new Map<string, SchemaFile>();
  readonly #messages = new Set<string>();
  /** By the full name of the extended message, then by number. */
  readonly #extensions = new Map<string, Map<number, SchemaFile>>();

  constructor(files: readonly SchemaFile[]) {
    const services: string[] = [];
    for (const file of files) {
      const { descriptor } = file;
      const scope = descriptor.package;
      this.#filesByName.set(file.name, file);
      for (const message of descriptor.messageType) this.#addMessage(scope, message, file);
      for (const enumeration of descriptor.enumType) this.#addEnum(scope, enumeration, file);
      for (const extension of descriptor.extension) this.#addExtension(scope, extension, file);
      for (const service of descriptor.service) {
        const name = join(scope, service.name);
        services.push(name);
        this.#filesBySymbol.set(name, file);
        for (const method of service.method) this.#filesBySymbol.set(join(name, method.name), file);
      }
    }
    this.services = services;
  }

  fileNamed(name: string): SchemaFile | undefined {
    return this.#filesByName.get(name);
  }

  /**
   * The file that declares a fully qualified service, method, message, field, oneof, enum, enum value or
   * extension, written without a leading dot.
   */
  fileOfSymbol(symbol: string): SchemaFile | undefined {
    return this.#filesBySymbol.get(symbol);
  }

  fileOfExtension(extendedMessage: string, fieldNumber: number): SchemaFile | undefined {
    return this.#extensions.get(extendedMessage)?.get(fieldNumber);
  }

  /** The numbers of a message's extensions, ascending. Undefined: there is no such message. */
  extensionNumbers(message: string): readonly number[] | undefined {
    if (!this.#messages.has(message)) return undefined;
    const numbers = [...(this.#extensions.get(message)?.keys() ?? [])];
    return numbers.sort((a, b) => a - b);
  }

  /** The file, and then everything that it imports, directly or not, each once. */
  withImports(file: SchemaFile): readonly SchemaFile[] {
    // A set keeps what was added while it is walked, so each import is followed once.
    const closure = new Set([file]);
    for (const member of closure) {
      for (const name of member.descriptor.dependency) {
        const imported = this.#filesByName.get(name);
        if (imported !== undefined) closure.add(imported);
      }
    }
    return [...closure];
  }

  #addMessage(scope: string, message: DescriptorProto, file: SchemaFile): void {
    const name = join(scope, message.name);
    this.#messages.add(name);
    this.#filesBySymbol.set(name, file);
    for (const field of message.field) this.#filesBySymbol.set(join(name, field.name), file);
    for (const oneof of message.oneofDecl) this.#filesBySymbol.set(join(name, oneof.name), file);
    for (const nested of message.nestedType) this.#addMessage(name, nested, file);
    for (const enumeration of message.enumType) this.#addEnum(name, enumeration, file);
    for (const extension of message.extension) this.#addExtension(name, extension, file);
  }

  #addEnum(scope: string, enumeration: EnumDescriptorProto, file: SchemaFile): void {
    this.#filesBySymbol.set(join(scope, enumeration.name), file);
    // As in C++, a value's name stands beside its enum's, not below it.
    for (const value of enumeration.value) this.#filesBySymbol.set(join(scope, value.name), file);
  }

  #addExtension(scope: string, extension: FieldDescriptorProto, file: SchemaFile): void {
    this.#filesBySymbol.set(join(scope, extension.name), file);
    const extended = extension.extendee.slice(1);
    const byNumber = this.#extensions.get(extended) ?? new Map<number, SchemaFile>();
    byNumber.set(extension.number, file);
    this.#extensions.set(extended, byNumber);
  }
}

function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}
