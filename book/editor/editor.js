// The editor of the practice boxes: CodeMirror 6 with Python. `book/editor/remake` bundles it for the site.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, drawSelection, EditorView, gutterLineClass, GutterMarker, highlightActiveLine, keymap, lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const setFault = StateEffect.define();
const faultyLine = Decoration.line({ class: "practise-fault" });
const faultyNumber = new (class extends GutterMarker {
  elementClass = "practise-fault";
})();

/** Where the faulty line begins, or null; the mark goes as soon as the reader types. */
const fault = StateField.define({
  create: () => null,
  update(at, transaction) {
    for (const effect of transaction.effects) if (effect.is(setFault)) return effect.value;
    return transaction.docChanged ? null : at;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (at) => (at === null ? Decoration.none : Decoration.set(faultyLine.range(at)))),
    gutterLineClass.from(field, (at) => (at === null ? RangeSet.empty : RangeSet.of(faultyNumber.range(at)))),
  ],
});

/**
 * An editor in place of `parent`'s content. `attributes` are those of the editable element (its label, its
 * description); `keys` are CodeMirror key bindings that come first; `changed(text)` is called after every edit, and
 * `escaped()` when Tab has been given back to the browser, until the next edit or the next visit.
 */
function create({ parent, text, selection, attributes, keys, changed, escaped }) {
  const leave = {
    key: "Escape",
    run(view) {
      view.setTabFocusMode(true);
      escaped();
      return true;
    },
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      selection,
      extensions: [
        keymap.of([...keys, leave, indentWithTab, ...defaultKeymap, ...historyKeymap]),
        EditorState.tabSize.of(4),
        indentUnit.of("    "),
        new LanguageSupport(pythonLanguage),
        syntaxHighlighting(classHighlighter),
        lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), highlightActiveLine(), fault,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of(attributes),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          update.view.setTabFocusMode(false);
          changed(update.state.doc.toString());
        }),
        EditorView.domEventHandlers({ blur: (_, view) => view.setTabFocusMode(false) }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    get text() {
      return view.state.doc.toString();
    },
    set text(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    /** Mark a line, counted from 1, and bring it into view; null takes the mark away. */
    mark(line) {
      const known = line !== null && line >= 1 && line <= view.state.doc.lines;
      const at = known ? view.state.doc.line(line).from : null;
      view.dispatch({ effects: [setFault.of(at), ...(known ? [EditorView.scrollIntoView(at)] : [])] });
    },
  };
}

globalThis.courseEditor = { create };
