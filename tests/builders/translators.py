"""A MarianMT model to test with: what it says is nonsense, how it is loaded and asked is real."""

import json
from pathlib import Path

TEXTS = (
    "Wartung der Heizung", "Reinigung der Büros", "Beratung im Mai", "Lieferung von Papier",
    "Miete für Geräte", "Montage der Möbel", "Heating maintenance", "Office cleaning",
    "Consulting in May", "Paper delivery", "Equipment rent", "Furniture assembly",
)  # fmt: skip


def write_translator(folder: Path) -> Path:
    """Write a model with random weights and a vocabulary of a dozen texts; German to English."""
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS), model_prefix=str(folder / "source"), vocab_size=60,
        minloglevel=2,
    )  # fmt: skip
    (folder / "source.model").rename(folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    own = [pieces.id_to_piece(at) for at in range(pieces.get_piece_size())]
    words = ["</s>", "<unk>", *(one for one in own if not one.startswith("<")), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"source_lang": "de", "target_lang": "en", "tokenizer_class": "MarianTokenizer"})
    )
    torch.manual_seed(7)
    last = len(words) - 1
    config = MarianConfig(
        vocab_size=len(words), d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_position_embeddings=64, pad_token_id=last, eos_token_id=0,
        decoder_start_token_id=last, forced_eos_token_id=0, max_length=12,
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n")
    return folder
