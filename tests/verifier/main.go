// The verifier checks receipts and checkpoints with Go's checksum-database packages, which know
// nothing of ours. It reads one JSON object a line, {"vkey", "leaf", "receipt"} or
// {"vkey", "checkpoint"}, all but the vkey in base64, and answers each with one line: "ok" or "refused: why".
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Vkey       string `json:"vkey"`
	Leaf       []byte `json:"leaf"`
	Receipt    []byte `json:"receipt"`
	Checkpoint []byte `json:"checkpoint"`
}

func main() {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	decoder := json.NewDecoder(input)
	for decoder.More() {
		var q question
		if err := decoder.Decode(&q); err != nil {
			fmt.Fprintln(output, "refused: unreadable question:", err)
			return
		}
		if err := answer(q); err != nil {
			fmt.Fprintln(output, "refused:", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Fprintln(output, "ok")
		}
	}
}

func answer(q question) error {
	if q.Receipt == nil {
		_, err := openCheckpoint(string(q.Checkpoint), q.Vkey)
		return err
	}
	index, path, checkpoint, err := splitReceipt(string(q.Receipt))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(checkpoint, q.Vkey)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(q.Leaf))
}

// splitReceipt reads a C2SP tlog-proof.
func splitReceipt(receipt string) (int64, tlog.RecordProof, string, error) {
	head, checkpoint, found := strings.Cut(receipt, "\n\n")
	if !found {
		return 0, nil, "", errors.New("no blank line")
	}
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, nil, "", errors.New("not a tlog-proof")
	}
	if !strings.HasPrefix(lines[1], "index ") {
		return 0, nil, "", errors.New("no index")
	}
	digits := strings.TrimPrefix(lines[1], "index ")
	index, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strconv.FormatInt(index, 10) != digits {
		return 0, nil, "", errors.New("index is not a number")
	}
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := decodeHash(line)
		if err != nil {
			return 0, nil, "", err
		}
		path = append(path, hash)
	}
	return index, path, checkpoint, nil
}

func openCheckpoint(text, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	// Open reads base64 leniently; a receipt has one spelling.
	for _, signature := range opened.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return tlog.Tree{}, err
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("size is not a number")
	}
	root, err := decodeHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func decodeHash(line string) (tlog.Hash, error) {
	var hash tlog.Hash
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil || len(raw) != len(hash) {
		return hash, errors.New("not a hash")
	}
	copy(hash[:], raw)
	return hash, nil
}
