// What has arrived, by number, and what of it a search finds.

export class Messages {
  all = [];
  #numbers = new Map(); // in the order of their newest message
  #found = null;

  clear() {
    this.all = [];
    this.#numbers.clear();
    this.#found = null;
  }

  add(arrived) {
    for (const message of arrived) {
      const known = { ...message, index: this.all.length, text: searched(message) };
      this.all.push(known);
      this.#put(this.#numbers, known);
      if (this.#found && known.text.includes(this.#found.query)) this.#put(this.#found.numbers, known);
    }
  }

  // Each number with its messages, as a map whose last one has the newest message.
  find(text) {
    const query = text.trim().toLowerCase();
    if (!query) return this.#numbers;
    if (this.#found?.query !== query) this.#found = { query, numbers: this.#search(query) };
    return this.#found.numbers;
  }

  #search(query) {
    const numbers = new Map();
    for (const message of this.all) if (message.text.includes(query)) this.#put(numbers, message);
    return numbers;
  }

  #put(numbers, message) {
    const messages = numbers.get(message.phone_number) ?? [];
    messages.push(message);
    numbers.delete(message.phone_number);
    numbers.set(message.phone_number, messages);
  }
}

function searched(message) {
  const names = ["phone_number", "content", "template_code", "sign_name", "biz_id", "out_id", "request_id"];
  const values = Object.values(message.template_param);
  return [...names.map((name) => message[name] ?? ""), ...values].join("\n").toLowerCase();
}
